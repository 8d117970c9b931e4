import { testKernel } from './lab/kernel.js';

testKernel('newest');

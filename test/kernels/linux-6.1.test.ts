import { testKernel } from './lab/kernel.js';

testKernel('6.1');

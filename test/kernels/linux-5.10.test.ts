import { testKernel } from './lab/kernel.js';

testKernel('5.10');

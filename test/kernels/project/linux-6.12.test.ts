import { testProject } from '../lab/project.js';

testProject('6.12');

import { testSuite } from './suite.ts';

testSuite('stopped');

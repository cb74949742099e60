import { testSuite } from './suite.ts';

testSuite('killed');

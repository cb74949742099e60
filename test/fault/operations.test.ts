import { testSuite } from './suite.ts';

testSuite('operations');

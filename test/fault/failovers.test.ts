import { testSuite } from './suite.ts';

testSuite('failovers');

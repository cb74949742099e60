import { testSuite } from './suite.ts';

testSuite('outages');

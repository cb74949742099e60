import { testSuite } from './suite.ts';

testSuite('redis');

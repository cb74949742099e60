/** Tokens are distributed over three Redis primaries. Under load, primaries fail, are added and are removed (docs/adr/0020). */
import { testSuite } from './suite.ts';

testSuite('nodes');

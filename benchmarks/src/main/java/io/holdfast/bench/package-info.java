/** Measurements by hand: JMH benchmarks and the runners that print them as ratios. Nothing here runs in a test. */
package io.holdfast.bench;

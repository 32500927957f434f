/**
 * The harness that crashes arrays and judges what is left: a scheduler that runs everything on one thread from one seed, and
 * a checker that knows what a reader may see. The misbehaving devices are in {@link io.holdfast.fault.device}.
 */
package io.holdfast.fault;

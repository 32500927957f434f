/**
 * P, Q, and every way back from losing one or two chunks of a stripe: pure arithmetic over raw memory.
 *
 * <p>{@link io.holdfast.raid.parity.StripeParity} speaks of stripes and slots and is what the engine calls;
 * {@link io.holdfast.raid.parity.ParityCodec} is the handful of loops underneath, in plain Java, with the Vector API, or in
 * Intel's ISA-L, of which {@link io.holdfast.raid.parity.ParityCodecs} picks the fastest here.
 */
package io.holdfast.raid.parity;

/**
 * Devices that misbehave on purpose.
 *
 * <p>{@link io.holdfast.fault.device.SimulatedDevice} is the ground: a device in memory that keeps what would survive power
 * loss apart from what would not, and whose completions arrive late and out of order, all of it drawn from a seed. The
 * others are wrappers that each hold one idea and stack on any device. Nothing here knows about arrays.
 */
package io.holdfast.fault.device;

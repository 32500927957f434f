/**
 * Random torture: histories of steps drawn from a seed, lived by the production engine on devices that misbehave, judged after
 * every crash, and cut down to the few steps that matter when one breaks a promise.
 *
 * <p>{@link io.holdfast.fault.torture.HistoryGenerator} draws a {@link io.holdfast.fault.torture.History};
 * {@link io.holdfast.fault.torture.TortureRun} lives it; {@link io.holdfast.fault.torture.Shrinker} makes it small;
 * {@link io.holdfast.fault.torture.TorturePage} shows it.
 */
package io.holdfast.fault.torture;

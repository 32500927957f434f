/**
 * Exhaustive crash replay: a small workload is recorded once on the production engine, every image that a crash could have left
 * is enumerated, and each is started with the production code and judged.
 *
 * <p>Devices are described by <em>pages</em> of 4 KiB, and pages by numbers: equal bytes have equal numbers. A crash point is a
 * {@link io.holdfast.fault.exhaustive.Box}: for each page the contents that it may have. A recovery is a path in a
 * {@link io.holdfast.fault.exhaustive.BehaviourTree}, along the pages that it reads: two images that agree in what a recovery
 * reads are recovered alike, so the engine runs once for both.
 */
package io.holdfast.fault.exhaustive;

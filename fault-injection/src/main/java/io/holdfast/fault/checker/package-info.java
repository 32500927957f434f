/**
 * A durability checker that stands alone: it needs a block device, a place for its ledger, and nothing of an array.
 *
 * <p>{@link io.holdfast.fault.checker.DurabilityChecker} writes sectors that say where they belong and which write they are
 * of, remembers in a {@link io.holdfast.fault.checker.Ledger} what was asked, answered and flushed, and after any
 * interruption says of each block whether it is what the device had promised.
 */
package io.holdfast.fault.checker;

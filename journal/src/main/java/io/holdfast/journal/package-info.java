/**
 * A write-ahead log on one block device, in the format of Linux md's raid5-cache.
 *
 * <p>The log knows records and positions: pages of data and parity, each under a checksum, grouped so that a group is valid
 * as a whole or not at all. What the pages mean, and when they are no longer needed, is the caller's business.
 * {@link io.holdfast.journal.JournalWriter} appends, {@link io.holdfast.journal.JournalScanner} reads back after a crash.
 */
package io.holdfast.journal;

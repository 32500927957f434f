/**
 * Bytes on disk that describe an array: superblocks as flyweights, what a new array's look like, which devices make up an
 * array and whether it may start, and what each superblock says next.
 *
 * <p>The format is that of Linux md, versions 1.0, 1.1 and 1.2. Everything here is arithmetic over buffers, except
 * {@link io.holdfast.raid.metadata.SuperblockReader} and {@link io.holdfast.raid.metadata.SuperblockWriter}, which talk to
 * one device. Whatever was read from a device is taken for hostile until it has been checked.
 */
package io.holdfast.raid.metadata;

/**
 * Talking to one block device: opening, sizing and owning it, and moving bytes to and from it asynchronously.
 *
 * <p>Nothing here knows about arrays. {@link io.holdfast.blockdev.BlockDevice} is an opened device, shared by threads;
 * {@link io.holdfast.blockdev.IoChannel} is one thread's way of submitting to it; {@link io.holdfast.blockdev.IoLoop} is
 * that thread.
 */
package io.holdfast.blockdev;

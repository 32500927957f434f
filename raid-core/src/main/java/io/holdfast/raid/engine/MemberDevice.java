package io.holdfast.raid.engine;

import io.holdfast.blockdev.BlockDevice;

/**
 * A device that holds, or may come to hold, a slot of the array.
 *
 * @param index      counts the array's devices.
 * @param device     opened.
 * @param dataOffset in bytes from the start of the device to the first byte of array data.
 * @param devNumber  index of the device in the superblock's roles.
 */
public record MemberDevice(int index, BlockDevice device, long dataOffset, int devNumber) {}

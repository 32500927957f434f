/**
 * The array as a network block device: a server that any NBD client (qemu, nbdcopy, fio, a kernel) can use.
 *
 * <p>{@link io.holdfast.nbd.NbdServer} listens, {@link io.holdfast.nbd.NbdExport} is what it serves, and
 * {@link io.holdfast.nbd.ArrayExport} makes one of a running array. Inside, one handler for each connection walks two state
 * machines, negotiation and then transmission, over whatever bytes the socket delivered; it holds no more than its window,
 * whatever the client sends and however slowly it reads.
 */
package io.holdfast.nbd;

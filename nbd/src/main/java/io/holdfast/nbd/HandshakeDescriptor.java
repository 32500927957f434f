package io.holdfast.nbd;

/**
 * The first words of a connection, in fixed newstyle. All numbers of the protocol are big-endian.
 *
 * <pre>
 *   server to client                        client to server
 *    0 +---------------------------+         0 +---------------------------+
 *      | "NBDMAGIC"                |           | client flags       32 bit |
 *    8 +---------------------------+         4 +---------------------------+
 *      | "IHAVEOPT"                |           | options follow ...
 *   16 +-------------+-------------+
 *      | flags 16 bit|
 *   18 +-------------+
 * </pre>
 *
 * <p>The one option that a client without the fixed style may use is {@link OptionDescriptor#EXPORT_NAME}; it is answered
 * without a header, and transmission begins at once:
 *
 * <pre>
 *    0 +---------------------------+
 *      | length of the export      |   64 bit
 *    8 +-------------+-------------+
 *      | transmission flags 16 bit |   see {@link RequestDescriptor}
 *   10 +-------------+-------------+
 *      | 124 zeroes                |   left out when both sides said "no zeroes"
 *  134 +---------------------------+
 * </pre>
 */
final class HandshakeDescriptor {
    /** "NBDMAGIC". */
    static final long MAGIC = 0x4e42444d41474943L;

    /** "IHAVEOPT": ends the greeting, and begins every option. */
    static final long OPTION_MAGIC = 0x49484156454f5054L;

    /** Length of the greeting in bytes. */
    static final int GREETING_LENGTH = 18;

    /** Length of the client's flags in bytes. */
    static final int CLIENT_FLAGS_LENGTH = 4;

    /** Flag, of both sides: options other than the export's name are understood, and unknown ones answered. */
    static final int FLAG_FIXED_NEWSTYLE = 1;

    /** Flag, of both sides: the answer to the export's name does without its padding. */
    static final int FLAG_NO_ZEROES = 1 << 1;

    /** Every flag that we know. */
    static final int KNOWN_FLAGS = FLAG_FIXED_NEWSTYLE | FLAG_NO_ZEROES;

    /** Length in bytes of the padding after an export that was chosen by name alone. */
    static final int PADDING_LENGTH = 124;

    private HandshakeDescriptor() {}
}

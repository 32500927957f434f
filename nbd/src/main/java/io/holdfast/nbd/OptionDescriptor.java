package io.holdfast.nbd;

/**
 * What a client asks before transmission, and the answers.
 *
 * <pre>
 *   option                                  answer
 *    0 +---------------------------+         0 +---------------------------+
 *      | "IHAVEOPT"                |           | 0x0003e889045565a9        |
 *    8 +-------------+-------------+         8 +-------------+-------------+
 *      | option      | length      |           | option      | type        |
 *   16 +-------------+-------------+        16 +-------------+-------------+
 *      | data ...                              | length      | data ...
 *                                           20 +-------------+
 *
 *   data of INFO and GO                     data of the answers to INFO and GO
 *    0 +-------------+                       0 +------+--------------------------------------+
 *      | name length |  32 bit                 | 0    | length 64 bit, transmission flags 16 |
 *    4 +-------------+                         +------+--------------------------------------+
 *      | name, UTF-8 ...                       | 1, 2 | text, UTF-8                          |
 *      +------+------+                         +------+--------------------------------------+
 *      | n    |  16 bit                        | 3    | least, preferred, most: each 32 bit  |
 *      +------+                                +------+--------------------------------------+
 *      | n kinds of information, 16 bit each ...
 * </pre>
 *
 * <p>An answer whose type has its highest bit set is an error, and its data a sentence for people.
 */
final class OptionDescriptor {
    /** Length of an option's header in bytes. */
    static final int HEADER_LENGTH = 16;

    /** Begins every answer. */
    static final long REPLY_MAGIC = 0x0003e889045565a9L;

    /** Length of an answer's header in bytes. */
    static final int REPLY_HEADER_LENGTH = 20;

    /** Longest name of an export in bytes of UTF-8: the protocol's limit for every string. */
    static final int NAME_LENGTH_LIMIT = 4096;

    /** Most data, in bytes, of an option that we look into; what has more is skipped, byte by byte, and refused. */
    static final int DATA_LENGTH_LIMIT = 8192;

    /** Choose an export, by a client that knows no better: cannot be refused but by hanging up. */
    static final int EXPORT_NAME = 1;

    /** Leave. */
    static final int ABORT = 2;

    /** Name every export. */
    static final int LIST = 3;

    /** Describe an export. */
    static final int INFO = 6;

    /** Describe an export and begin transmission. */
    static final int GO = 7;

    /** Answer: done. */
    static final int REPLY_ACK = 1;

    /** Answer: one export's name. */
    static final int REPLY_SERVER = 2;

    /** Answer: one piece of information about an export. */
    static final int REPLY_INFO = 3;

    /** Error: the option is not known here. */
    static final int ERROR_UNSUPPORTED = 0x8000_0001;

    /** Set in the type of every answer that is an error. */
    static final int ERROR_BIT = 0x8000_0000;

    /** Error: the server does not allow it. */
    static final int ERROR_POLICY = 0x8000_0002;

    /** Error: not without TLS. */
    static final int ERROR_TLS_REQUIRED = 0x8000_0005;

    /** Error: the server is going away. */
    static final int ERROR_SHUTDOWN = 0x8000_0007;

    /** Error: the option's data makes no sense. */
    static final int ERROR_INVALID = 0x8000_0003;

    /** Error: there is no such export. */
    static final int ERROR_UNKNOWN = 0x8000_0006;

    /** Error: the export has a smallest block, and the client did not ask for it. */
    static final int ERROR_BLOCK_SIZE_REQUIRED = 0x8000_0008;

    /** Error: the option carries more data than we look into. */
    static final int ERROR_TOO_BIG = 0x8000_0009;

    /** Information: length and transmission flags. */
    static final int INFO_EXPORT = 0;

    /** Information: the name that the server calls the export by. */
    static final int INFO_NAME = 1;

    /** Information: a line for people. */
    static final int INFO_DESCRIPTION = 2;

    /** Information: which requests are possible, and which are quick. */
    static final int INFO_BLOCK_SIZE = 3;

    private OptionDescriptor() {}
}

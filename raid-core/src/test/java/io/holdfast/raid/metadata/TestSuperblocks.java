package io.holdfast.raid.metadata;

import java.util.HexFormat;

/** Superblocks for tests: one that Linux wrote, byte for byte, and small ones to alter. */
final class TestSuperblocks {
    private static final String LINUX_JOURNALED_RAID5_MEMBER = """
            fc 4e 2b a9 01 00 00 00 00 02 00 00 00 00 00 00
            cb e8 03 17 7a 61 a7 a8 88 f5 60 44 84 1e 37 af
            76 6d 68 6f 73 74 3a 30 00 00 00 00 00 00 00 00
            00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
            34 44 01 6b 00 00 00 00 05 00 00 00 02 00 00 00
            00 f8 00 00 00 00 00 00 80 00 00 00 03 00 00 00
            00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
            00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
            00 08 00 00 00 00 00 00 00 f8 00 00 00 00 00 00
            08 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
            01 00 00 00 00 00 00 00 5d 24 8c c7 64 dc e8 a6
            a8 be f2 89 df b9 c2 f4 00 00 08 00 10 00 00 00
            34 44 01 6b 00 00 00 00 02 00 00 00 00 00 00 00
            ff ff ff ff ff ff ff ff 10 8c 4b bf 80 00 00 00
            00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
            00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
            fd ff 00 00 01 00 02 00
            """;

    private TestSuperblocks() {}

    /** Device 1, slot 0, of a three-member RAID5 with a journal, on a 32 MiB device: written by Linux 6.1. */
    static Superblock linuxMember() {
        byte[] bytes = HexFormat.of().parseHex(LINUX_JOURNALED_RAID5_MEMBER.replaceAll("\\s", ""));
        Superblock superblock = Superblock.allocate();
        superblock.buffer().putBytes(0, bytes);
        superblock.buffer().setMemory(bytes.length, 512 - bytes.length, (byte) 0xff);
        return superblock;
    }
}

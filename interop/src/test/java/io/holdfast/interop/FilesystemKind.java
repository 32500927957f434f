package io.holdfast.interop;

/** The filesystems whose traces are among the test resources. */
enum FilesystemKind {
    /** Blocks smaller than ours, and file contents written in place: the kernel's default mode. */
    SMALL_BLOCKS("ext4-1k-ordered", 1024, "noatime"),
    /** Blocks as large as ours, and file contents through the filesystem's own journal. */
    LARGE_BLOCKS("ext4-4k-journaled", 4096, "noatime,data=journal");

    private final String traceName;
    private final int blockLength;
    private final String options;

    FilesystemKind(String traceName, int blockLength, String options) {
        this.traceName = traceName;
        this.blockLength = blockLength;
        this.options = options;
    }

    String traceName() {
        return traceName;
    }

    int blockLength() {
        return blockLength;
    }

    String options() {
        return options;
    }
}

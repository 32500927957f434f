package io.holdfast.fault.mutation;

import io.holdfast.fault.mutation.Edit.StaticField;
import java.util.List;

/** Steps of the log: its writer, its reader, its ledger of blocks. */
final class JournalMutations {
    static final String WRITER = "journal.JournalWriter";
    static final String SCANNER = "journal.JournalScanner";

    static final List<Mutation> LIST = List.of(
            new Mutation(
                    "log-answers-unflushed",
                    "W1",
                    "the flush between a batch and the word that it is durable",
                    WRITER,
                    "onCompletion",
                    Edit.fieldGives("WRITING", null, 1, 1)),
            new Mutation(
                    "log-write-error-ignored",
                    "W1",
                    "a batch that could not be written or flushed fails its transactions",
                    WRITER,
                    "onCompletion",
                    Edit.variableGives("status", new StaticField("io.holdfast.blockdev.IoStatus", "OK"), 1, 2)),
            new Mutation(
                    "log-batch-before-flush",
                    "W2",
                    "the next batch waits for the flush of the last",
                    WRITER,
                    "doWork",
                    Edit.fieldGives("state", new StaticField("io.holdfast.journal.JournalWriter$State", "IDLE"), 2, 2)),
            new Mutation(
                    "log-space-before-tail",
                    "W3",
                    "space is taken until the tail that frees it is recorded",
                    SuperblockMutations.KEEPER,
                    "tailToWrite",
                    Edit.callTells("reclaimablePosition", "tailMoved")),
            new Mutation(
                    "log-room-not-taken",
                    "W3",
                    "nothing is appended where there is no room",
                    WRITER,
                    "tryTake",
                    Edit.gives(true)),
            new Mutation(
                    "log-block-not-held",
                    "W3",
                    "a block stays until its transactions are at rest on the members",
                    "journal.BlockLedger",
                    "advance",
                    Edit.callGives("get", 0)),
            new Mutation(
                    "log-wrap-second-part",
                    "W2",
                    "where the log wraps, the second part of a batch is waited for too",
                    WRITER,
                    "write",
                    Edit.fieldSet("pending", 1)),
            new Mutation(
                    "scan-block-checksum",
                    "S3",
                    "the checksum of a meta block",
                    SCANNER,
                    "isChecksumRight",
                    Edit.gives(true)),
            new Mutation(
                    "scan-page-checksum", "S3", "the checksums of pages", SCANNER, "arePagesIntact", Edit.gives(true)),
            new Mutation(
                    "scan-sequence",
                    "S3",
                    "a block counts only with the number that comes next",
                    SCANNER,
                    "findings",
                    Edit.variableGives("isFirst", true)),
            new Mutation(
                    "scan-position",
                    "S3",
                    "a block counts only at the position it was written for",
                    SCANNER,
                    "isIdentified",
                    Edit.gives(true)));

    private JournalMutations() {}
}

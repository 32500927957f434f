package io.holdfast.fault.mutation;

import io.holdfast.fault.mutation.Mutation.Site;
import java.util.List;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.FieldInsnNode;
import org.objectweb.asm.tree.InsnList;
import org.objectweb.asm.tree.InsnNode;
import org.objectweb.asm.tree.MethodInsnNode;
import org.objectweb.asm.tree.MethodNode;
import org.objectweb.asm.tree.VarInsnNode;

/** Steps of write-back: what is answered before the members have it, and how it gets there. */
final class WriteBackMutations {
    static final String WRITE_BACK = "raid.engine.WriteBack";
    static final String READING = "raid.engine.WindowReading";

    static final List<Mutation> LIST = List.of(
            new Mutation(
                    "cached-parity-not-logged",
                    "W15",
                    "what is cached goes to the members when its parity is in the log",
                    WRITE_BACK,
                    "make",
                    Edit.callGives("isFailed", true)),
            new Mutation(
                    "cached-record-let-go",
                    "W15",
                    "the log keeps what is cached until the members have it",
                    List.of(
                            new Site(
                                    WRITE_BACK,
                                    "onCached",
                                    Edit.of("the record is retired at once", WriteBackMutations::retire)),
                            new Site(
                                    WRITE_BACK,
                                    "finish",
                                    Edit.of("only the last record is retired", WriteBackMutations::lastOnly)))),
            new Mutation(
                    "cached-not-served",
                    "W14",
                    "a read of what is cached does not go to the member",
                    StripeMutations.MACHINE,
                    "isCached",
                    Edit.gives(false)),
            new Mutation(
                    "cached-recovered-with",
                    "W15",
                    "nothing is recovered with what is cached",
                    READING,
                    "planRead",
                    Edit.callGives("isCached", false)),
            new Mutation(
                    "cached-part-of-block",
                    "W14",
                    "part of a block is cached only where the rest is",
                    StripeMutations.CONTENT,
                    "isCacheable",
                    Edit.gives(true)),
            new Mutation(
                    "cached-written-over",
                    "W15",
                    "what a stripe held is read into memory of its own",
                    READING,
                    "readWhatIsMissing",
                    Edit.fieldInstead("old", "buffer", 2, 2)),
            new Mutation(
                    "cached-taken-for-old",
                    "W15",
                    "what a stripe held is recovered from what the members hold",
                    StripeMutations.CONTENT,
                    "makeWriteOut",
                    Edit.fieldInstead("old", "buffer", 1, 2)),
            new Mutation(
                    "cached-room-not-promised",
                    "W16",
                    "data is cached only when its parity has room in the log",
                    WRITE_BACK,
                    "tryCache",
                    Edit.callGives("tryPromise", true)),
            new Mutation(
                    "promised-waits-its-turn",
                    "W16",
                    "what has its room does not wait behind what has none",
                    JournalMutations.WRITER,
                    "tryAppend",
                    Edit.fieldInstead("promisedRing", "ring", 1, 1)),
            new Mutation(
                    "cached-written-through",
                    "W14",
                    "a write that cannot be cached makes its window leave first",
                    StripeMutations.MACHINE,
                    "startWrite",
                    Edit.callGives("canLeave", false)),
            new Mutation(
                    "cached-checked",
                    "W14",
                    "a step of maintenance makes its window leave first",
                    StripeMutations.MACHINE,
                    "startSync",
                    Edit.callGives("canLeave", false)),
            new Mutation(
                    "cached-forgotten",
                    "W8",
                    "what cannot leave an array that failed is still served from memory",
                    WRITE_BACK,
                    "finish",
                    Edit.fieldGives("status", new Edit.StaticField("io.holdfast.blockdev.IoStatus", "OK"))),
            new Mutation(
                    "cached-stays-though-unwanted",
                    "L",
                    "what is cached leaves at once when writes are to go through, or a member is lost",
                    WRITE_BACK,
                    "mustAllLeave",
                    Edit.gives(false)),
            new Mutation(
                    "stop-leaves-cached",
                    "W13",
                    "a stop waits until everything in the log is at rest",
                    List.of(
                            new Site(
                                    SuperblockMutations.CONDUCTOR,
                                    "finishStopping",
                                    Edit.callGives("anyCached", false)),
                            new Site(JournalMutations.WRITER, "closeClean", Edit.callGives("isAtRest", true)))),
            new Mutation(
                    "journal-given-up-cached",
                    "W12",
                    "a failed journal is given up only when nothing is cached",
                    SuperblockMutations.KEEPER,
                    "giveUp",
                    Edit.callGives("cachedCount", 0)));

    private WriteBackMutations() {}

    /** {@code journal.retire(record)}, right before the record is remembered. */
    private static void retire(MethodNode method) {
        MethodInsnNode remember = Edit.call(method, "remember", 1, 1);
        String writer = "io/holdfast/journal/JournalWriter";
        InsnList retire = new InsnList();
        retire.add(new InsnNode(Opcodes.DUP));
        retire.add(new VarInsnNode(Opcodes.ALOAD, 0));
        String log = "io/holdfast/raid/engine/ShardLog";
        retire.add(new FieldInsnNode(Opcodes.GETFIELD, "io/holdfast/raid/engine/WriteBack", "log", "L" + log + ";"));
        retire.add(new MethodInsnNode(Opcodes.INVOKEVIRTUAL, log, "writer", "()L" + writer + ";", false));
        retire.add(new InsnNode(Opcodes.SWAP));
        String transaction = Type.getArgumentTypes(remember.desc)[0].getDescriptor();
        retire.add(new MethodInsnNode(Opcodes.INVOKEVIRTUAL, writer, "retire", "(" + transaction + ")V", false));
        method.instructions.insertBefore(remember, retire);
    }

    /** The loop over the records begins with the last: the parity's. */
    private static void lastOnly(MethodNode method) {
        AbstractInsnNode zero = Edit.constant(method, 0, 1, 1);
        InsnList last = new InsnList();
        last.add(new VarInsnNode(Opcodes.ALOAD, 1));
        last.add(new FieldInsnNode(Opcodes.GETFIELD, "io/holdfast/raid/engine/WindowOperation", "recordCount", "I"));
        last.add(new InsnNode(Opcodes.ICONST_1));
        last.add(new InsnNode(Opcodes.ISUB));
        method.instructions.insert(zero, last);
        method.instructions.remove(zero);
    }
}

package io.holdfast.fault.mutation;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.FieldInsnNode;
import org.objectweb.asm.tree.InsnList;
import org.objectweb.asm.tree.InsnNode;
import org.objectweb.asm.tree.JumpInsnNode;
import org.objectweb.asm.tree.LdcInsnNode;
import org.objectweb.asm.tree.LocalVariableNode;
import org.objectweb.asm.tree.MethodInsnNode;
import org.objectweb.asm.tree.MethodNode;
import org.objectweb.asm.tree.VarInsnNode;

/**
 * A small change to the byte code of one method: what removes a safety step.
 *
 * <p>An edit names its site by what the source shows (a call, a field, a parameter) and says how many such sites the method
 * has. If that is not so any more the edit refuses: code that has moved on must not turn a mutant into the original
 * unnoticed. No edit adds or removes a jump, so the stack maps of the compiler stay right.
 */
final class Edit {
    /** A static field as a constant to put somewhere, such as an enum's. */
    record StaticField(String owner, String name) {
        StaticField {
            owner = owner.replace('.', '/');
        }

        FieldInsnNode load() {
            return new FieldInsnNode(Opcodes.GETSTATIC, owner, name, "L" + owner + ";");
        }
    }

    /** The edit did not find its site as it expected to. */
    static final class SiteException extends RuntimeException {
        private static final long serialVersionUID = 1;

        SiteException(String message) {
            super(message);
        }
    }

    private final String what;
    private final Consumer<MethodNode> change;

    private Edit(String what, Consumer<MethodNode> change) {
        this.what = what;
        this.change = change;
    }

    void apply(MethodNode method) {
        change.accept(method);
    }

    /** As words, for the table of mutations. */
    @Override
    public String toString() {
        return what;
    }

    /** This change, and another one in the same method. */
    Edit and(Edit other) {
        return new Edit(what + "; " + other.what, method -> {
            change.accept(method);
            other.change.accept(method);
        });
    }

    // ---- calls ----

    /** Leave out the only call of a method; what it would have returned is zero, false or null. */
    static Edit dropCall(String name) {
        return dropCall(name, 1, 1);
    }

    /** Leave out the {@code nth} of {@code count} calls, counted from 1. */
    static Edit dropCall(String name, int nth, int count) {
        return new Edit("`" + name + "()` left out" + which(nth, count), method -> {
            MethodInsnNode call = call(method, name, nth, count);
            Type result = Type.getReturnType(call.desc);
            InsnList instead = pops(call);
            pushDefault(instead, result);
            replace(method, call, instead);
        });
    }

    /** Let the only call of a method return a constant without being made. */
    static Edit callGives(String name, Object constant) {
        return callGives(name, constant, 1, 1);
    }

    /** Let the {@code nth} of {@code count} calls return a constant without being made. */
    static Edit callGives(String name, Object constant, int nth, int count) {
        return new Edit("`" + name + "()` gives " + text(constant) + which(nth, count), method -> {
            MethodInsnNode call = call(method, name, nth, count);
            InsnList instead = pops(call);
            push(instead, constant);
            replace(method, call, instead);
        });
    }

    /** Add something to what a call returns. */
    static Edit callAdds(String name, int addend, int nth, int count) {
        return new Edit("`" + name + "()` gives " + addend + " more" + which(nth, count), method -> {
            MethodInsnNode call = call(method, name, nth, count);
            InsnList more = new InsnList();
            if (Type.getReturnType(call.desc).getSort() == Type.LONG) {
                push(more, (long) addend);
                more.add(new InsnNode(Opcodes.LADD));
            } else {
                push(more, addend);
                more.add(new InsnNode(Opcodes.IADD));
            }
            method.instructions.insert(call, more);
        });
    }

    /** Whatever the only call of a method gives, and it is compared with next, let them be found equal. */
    static Edit callEquals(String name) {
        return new Edit("what `" + name + "()` gives is as expected", method -> {
            AbstractInsnNode insn = call(method, name, 1, 1);
            while (insn != null && insn.getOpcode() != Opcodes.IF_ICMPEQ && insn.getOpcode() != Opcodes.IF_ICMPNE) {
                insn = insn.getNext();
            }
            if (!(insn instanceof JumpInsnNode jump)) {
                throw new SiteException(name + " in " + method.name + ": nothing is compared with what it gives");
            }
            InsnList instead = new InsnList();
            instead.add(new InsnNode(Opcodes.POP2));
            instead.add(new InsnNode(Opcodes.ICONST_0));
            boolean jumpsIfEqual = jump.getOpcode() == Opcodes.IF_ICMPEQ;
            instead.add(new JumpInsnNode(jumpsIfEqual ? Opcodes.IFEQ : Opcodes.IFNE, jump.label));
            replace(method, jump, instead);
        });
    }

    /** What the only call of a method gives, tell it to another method of the same object at once. */
    static Edit callTells(String name, String other) {
        return new Edit("what `" + name + "()` gives is told to `" + other + "()`", method -> {
            MethodInsnNode call = call(method, name, 1, 1);
            if (!call.desc.equals("()J")) {
                throw new SiteException(call.name + call.desc + ": only ()J can be told to another");
            }
            method.instructions.insertBefore(call, new InsnNode(Opcodes.DUP));
            InsnList tell = new InsnList();
            tell.add(new InsnNode(Opcodes.DUP2_X1));
            tell.add(new MethodInsnNode(Opcodes.INVOKEVIRTUAL, call.owner, other, "(J)V", false));
            method.instructions.insert(call, tell);
        });
    }

    /** Call another method of the same owner and signature. */
    static Edit callInstead(String name, String other, int nth, int count) {
        return new Edit("`" + other + "()` called for `" + name + "()`" + which(nth, count), method -> {
            call(method, name, nth, count).name = other;
        });
    }

    /** A change of its own kind, made of instructions; for what the others cannot say. */
    static Edit of(String what, Consumer<MethodNode> change) {
        return new Edit(what, change);
    }

    // ---- fields and parameters ----

    /** Let the only read of a field give a constant. */
    static Edit fieldGives(String name, Object constant) {
        return fieldGives(name, constant, 1, 1);
    }

    /** Let the {@code nth} of {@code count} reads of a field give a constant. */
    static Edit fieldGives(String name, Object constant, int nth, int count) {
        return new Edit("`" + name + "` read as " + text(constant) + which(nth, count), method -> {
            FieldInsnNode read = read(method, name, nth, count);
            InsnList instead = new InsnList();
            if (read.getOpcode() == Opcodes.GETFIELD) {
                instead.add(new InsnNode(Opcodes.POP));
            }
            push(instead, constant);
            replace(method, read, instead);
        });
    }

    /** Whatever is assigned to a field at the only such place, let it be a constant. */
    static Edit fieldSet(String name, Object constant) {
        return fieldSet(name, constant, 1, 1);
    }

    /** Whatever is assigned to a field at the {@code nth} of {@code count} places, let it be a constant. */
    static Edit fieldSet(String name, Object constant, int nth, int count) {
        return new Edit("`" + name + "` set to " + text(constant) + which(nth, count), method -> {
            FieldInsnNode write = write(method, name, nth, count);
            InsnList before = new InsnList();
            before.add(new InsnNode(Type.getType(write.desc).getSize() == 2 ? Opcodes.POP2 : Opcodes.POP));
            push(before, constant);
            method.instructions.insertBefore(write, before);
        });
    }

    /** Leave a field as it is at the only place where it is assigned. */
    static Edit fieldKept(String name) {
        return new Edit("`" + name + "` not set", method -> {
            FieldInsnNode write = write(method, name, 1, 1);
            InsnList instead = new InsnList();
            instead.add(new InsnNode(Type.getType(write.desc).getSize() == 2 ? Opcodes.POP2 : Opcodes.POP));
            instead.add(new InsnNode(Opcodes.POP));
            replace(method, write, instead);
        });
    }

    /** Read another field of the same owner and type. */
    static Edit fieldInstead(String name, String other, int nth, int count) {
        return new Edit("`" + other + "` read for `" + name + "`" + which(nth, count), method -> {
            read(method, name, nth, count).name = other;
        });
    }

    /** Let the only read of a local variable, such as a parameter, give a constant. */
    static Edit variableGives(String name, Object constant) {
        return variableGives(name, constant, 1, 1);
    }

    /** Let the {@code nth} of {@code count} reads of a local variable, such as a parameter, give a constant. */
    static Edit variableGives(String name, Object constant, int nth, int count) {
        return new Edit("`" + name + "` taken as " + text(constant) + which(nth, count), method -> {
            List<VarInsnNode> loads = loads(method, name);
            insist(method, "reads of variable " + name, count, loads.size());
            InsnList instead = new InsnList();
            push(instead, constant);
            replace(method, loads.get(nth - 1), instead);
        });
    }

    /** Read one local variable for another, and the other for the one, wherever the method does. */
    static Edit variablesSwapped(String name, String other, int count) {
        return new Edit("`" + name + "` and `" + other + "` swapped", method -> {
            List<VarInsnNode> ones = loads(method, name);
            List<VarInsnNode> others = loads(method, other);
            insist(method, "reads of variables " + name + " and " + other, count, ones.size() + others.size());
            int one = ones.get(0).var;
            int two = others.get(0).var;
            ones.forEach(load -> load.var = two);
            others.forEach(load -> load.var = one);
        });
    }

    // ---- constants and whole methods ----

    /** Another constant in place of one. */
    static Edit constantInstead(Object constant, Object other, int nth, int count) {
        return new Edit(text(other) + " for " + text(constant) + which(nth, count), method -> {
            AbstractInsnNode load = constant(method, constant, nth, count);
            InsnList instead = new InsnList();
            push(instead, other);
            replace(method, load, instead);
        });
    }

    /** Let a method do nothing. */
    static Edit nothing() {
        return new Edit("does nothing", method -> {
            InsnList body = new InsnList();
            pushDefault(body, Type.getReturnType(method.desc));
            body(method, body);
        });
    }

    /** Let a method do nothing but return a constant. */
    static Edit gives(Object constant) {
        return new Edit("gives " + text(constant), method -> {
            InsnList body = new InsnList();
            push(body, constant);
            body(method, body);
        });
    }

    private static void body(MethodNode method, InsnList instructions) {
        instructions.add(new InsnNode(Type.getReturnType(method.desc).getOpcode(Opcodes.IRETURN)));
        method.instructions.clear();
        method.instructions.add(instructions);
        method.tryCatchBlocks.clear();
        method.localVariables = null;
        method.visibleLocalVariableAnnotations = null;
        method.invisibleLocalVariableAnnotations = null;
    }

    // ---- sites ----

    static MethodInsnNode call(MethodNode method, String name, int nth, int count) {
        return (MethodInsnNode) site(
                method,
                "calls of " + name,
                insn -> insn instanceof MethodInsnNode call && call.name.equals(name),
                nth,
                count);
    }

    private static FieldInsnNode read(MethodNode method, String name, int nth, int count) {
        return (FieldInsnNode) site(
                method,
                "reads of " + name,
                insn -> insn instanceof FieldInsnNode field
                        && field.name.equals(name)
                        && (field.getOpcode() == Opcodes.GETFIELD || field.getOpcode() == Opcodes.GETSTATIC),
                nth,
                count);
    }

    static AbstractInsnNode constant(MethodNode method, Object constant, int nth, int count) {
        return site(method, "constants " + constant, insn -> constant.equals(constantOf(insn)), nth, count);
    }

    private static FieldInsnNode write(MethodNode method, String name, int nth, int count) {
        return (FieldInsnNode) site(
                method,
                "writes of " + name,
                insn -> insn instanceof FieldInsnNode field
                        && field.name.equals(name)
                        && field.getOpcode() == Opcodes.PUTFIELD,
                nth,
                count);
    }

    private static AbstractInsnNode site(
            MethodNode method, String what, Predicate<AbstractInsnNode> isSite, int nth, int count) {
        List<AbstractInsnNode> sites = new ArrayList<>();
        for (AbstractInsnNode insn : method.instructions) {
            if (isSite.test(insn)) {
                sites.add(insn);
            }
        }
        insist(method, what, count, sites.size());
        return sites.get(nth - 1);
    }

    private static void insist(MethodNode method, String what, int expected, int found) {
        if (found != expected) {
            throw new SiteException(what + " in " + method.name + method.desc + ": expected=" + expected + " found="
                    + found + ": the code has changed; look what became of the step, and change the mutation");
        }
    }

    /** The reads of a local variable, by the name it has in the source. */
    private static List<VarInsnNode> loads(MethodNode method, String name) {
        List<VarInsnNode> loads = new ArrayList<>();
        for (LocalVariableNode variable : method.localVariables) {
            if (variable.name.equals(name)) {
                AbstractInsnNode insn = variable.start;
                while (insn != variable.end) {
                    if (insn instanceof VarInsnNode local && isLoad(local) && local.var == variable.index) {
                        loads.add(local);
                    }
                    insn = insn.getNext();
                }
            }
        }
        return loads;
    }

    private static boolean isLoad(VarInsnNode local) {
        return local.getOpcode() >= Opcodes.ILOAD && local.getOpcode() <= Opcodes.ALOAD;
    }

    private static Object constantOf(AbstractInsnNode insn) {
        if (insn instanceof LdcInsnNode ldc) {
            return ldc.cst;
        }
        int opcode = insn.getOpcode();
        if (opcode >= Opcodes.ICONST_M1 && opcode <= Opcodes.ICONST_5) {
            return opcode - Opcodes.ICONST_0;
        }
        if (opcode == Opcodes.LCONST_0 || opcode == Opcodes.LCONST_1) {
            return (long) opcode - Opcodes.LCONST_0;
        }
        return null;
    }

    // ---- instructions ----

    private static InsnList pops(MethodInsnNode call) {
        InsnList pops = new InsnList();
        Type[] arguments = Type.getArgumentTypes(call.desc);
        for (int i = arguments.length - 1; i >= 0; i--) {
            pops.add(new InsnNode(arguments[i].getSize() == 2 ? Opcodes.POP2 : Opcodes.POP));
        }
        if (call.getOpcode() != Opcodes.INVOKESTATIC) {
            pops.add(new InsnNode(Opcodes.POP));
        }
        return pops;
    }

    private static void replace(MethodNode method, AbstractInsnNode old, InsnList instead) {
        method.instructions.insert(old, instead);
        method.instructions.remove(old);
    }

    private static void pushDefault(InsnList target, Type type) {
        switch (type.getSort()) {
            case Type.VOID -> {}
            case Type.LONG -> push(target, 0L);
            case Type.OBJECT, Type.ARRAY -> push(target, null);
            case Type.FLOAT, Type.DOUBLE -> throw new SiteException("nothing to stand in for a " + type);
            default -> push(target, 0);
        }
    }

    private static void push(InsnList target, Object constant) {
        if (constant == null) {
            target.add(new InsnNode(Opcodes.ACONST_NULL));
        } else if (constant instanceof StaticField field) {
            target.add(field.load());
        } else if (constant instanceof Boolean flag) {
            target.add(new InsnNode(flag ? Opcodes.ICONST_1 : Opcodes.ICONST_0));
        } else {
            target.add(new LdcInsnNode(constant));
        }
    }

    private static String text(Object constant) {
        return constant instanceof StaticField field ? field.name() : String.valueOf(constant);
    }

    private static String which(int nth, int count) {
        return count == 1 ? "" : " (number " + nth + " of " + count + ")";
    }
}

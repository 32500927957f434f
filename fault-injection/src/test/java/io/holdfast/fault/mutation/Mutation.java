package io.holdfast.fault.mutation;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.objectweb.asm.Type;
import org.objectweb.asm.tree.ClassNode;
import org.objectweb.asm.tree.MethodNode;

/**
 * The engine with one safety step taken out.
 *
 * @param name       short, unique, with dashes.
 * @param rule       of docs/crash-consistency.md that the step keeps (W1, S4 ...), or the promise it serves.
 * @param step       what is missing, as a clause.
 * @param className  of the class that is changed, without {@code io.holdfast.}.
 * @param methodName of the method in it, with its parameters, as {@code name(long, Piece)}, where the name alone is
 *                   ambiguous.
 * @param edit       the change.
 * @param hint       who catches it, tried before a search; {@link Hint#NONE} where there is none.
 */
record Mutation(String name, String rule, String step, String className, String methodName, Edit edit, Hint hint) {
    private static final String ROOT = "io.holdfast.";

    /**
     * A hunter, and the seed with which it catches the mutant.
     *
     * @param hunter as in {@link Hunter#name}; null for no hint.
     * @param seed   of the hunt.
     */
    record Hint(String hunter, long seed) {
        static final Hint NONE = new Hint(null, 0);
    }

    /** A mutation without a hint. */
    static Mutation of(String name, String rule, String step, String className, String methodName, Edit edit) {
        return new Mutation(name, rule, step, className, methodName, edit, Hint.NONE);
    }

    /** The same, with word of who catches it. */
    Mutation hint(String hunter, long seed) {
        return new Mutation(name, rule, step, className, methodName, edit, new Hint(hunter, seed));
    }

    /** The changed class, by its full name. */
    String fullClassName() {
        return ROOT + className;
    }

    /** For the table: where the change is. */
    String place() {
        return className.substring(className.lastIndexOf('.') + 1).replace('$', '.') + "." + methodName;
    }

    /** Change the class; exactly one method must be meant. */
    void apply(ClassNode target) {
        List<MethodNode> methods = target.methods.stream()
                .filter(method -> methodName.equals(method.name) || methodName.equals(method.name + parameters(method)))
                .toList();
        if (methods.size() != 1) {
            throw new Edit.SiteException("methods " + methodName + " of " + className + ": expected=1 found="
                    + methods.size() + ": the code has changed; look what became of the step, and change the mutation");
        }
        edit.apply(methods.get(0));
    }

    private static String parameters(MethodNode method) {
        return Arrays.stream(Type.getArgumentTypes(method.desc))
                .map(Type::getClassName)
                .map(name -> name.substring(name.lastIndexOf('.') + 1))
                .collect(Collectors.joining(", ", "(", ")"));
    }

    @Override
    public String toString() {
        return name;
    }
}

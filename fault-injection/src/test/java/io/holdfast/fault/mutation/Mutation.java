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
 */
record Mutation(String name, String rule, String step, String className, String methodName, Edit edit) {
    private static final String ROOT = "io.holdfast.";

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

package io.holdfast.fault.mutation;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.objectweb.asm.Type;
import org.objectweb.asm.tree.ClassNode;
import org.objectweb.asm.tree.MethodNode;

/**
 * The engine with one safety step taken out.
 *
 * @param name  short, unique, with dashes.
 * @param rule  of docs/crash-consistency.md that the step keeps (W1, S4 ...), or the promise it serves.
 * @param step  what is missing, as a clause.
 * @param sites what is changed: one method as a rule; several where a step is kept in more than one place.
 */
record Mutation(String name, String rule, String step, List<Site> sites) {
    private static final String ROOT = "io.holdfast.";
    private static final String LAMBDA = "lambda$";

    /**
     * A change to one method.
     *
     * @param className  of the class that is changed, without {@code io.holdfast.}.
     * @param methodName of the method, with its parameters, as {@code name(long, Piece)}, where the name alone is ambiguous;
     *                   {@code lambda$name} for the only lambda in a method.
     * @param edit       the change.
     */
    record Site(String className, String methodName, Edit edit) {
        /** The changed class, by its full name. */
        String fullClassName() {
            return ROOT + className;
        }

        void apply(ClassNode target) {
            List<MethodNode> methods =
                    target.methods.stream().filter(this::isMeant).toList();
            if (methods.size() != 1) {
                throw new Edit.SiteException(
                        "methods " + methodName + " of " + className + ": expected=1 found=" + methods.size()
                                + ": the code has changed; look what became of the step, and change the mutation");
            }
            edit.apply(methods.get(0));
        }

        private boolean isMeant(MethodNode method) {
            return methodName.equals(method.name)
                    || methodName.equals(method.name + parameters(method))
                    || (methodName.startsWith(LAMBDA) && method.name.startsWith(methodName + "$"));
        }

        private static String parameters(MethodNode method) {
            return Arrays.stream(Type.getArgumentTypes(method.desc))
                    .map(Type::getClassName)
                    .map(name -> name.substring(name.lastIndexOf('.') + 1))
                    .collect(Collectors.joining(", ", "(", ")"));
        }

        /** For the table: where and what. */
        String describe() {
            String simpleName =
                    className.substring(className.lastIndexOf('.') + 1).replace('$', '.');
            return "`" + simpleName + "." + methodName + "`: " + edit;
        }
    }

    /** A mutation of one method. */
    Mutation(String name, String rule, String step, String className, String methodName, Edit edit) {
        this(name, rule, step, List.of(new Site(className, methodName, edit)));
    }

    /** For the table: what is changed, and where. */
    String describe() {
        return sites.stream().map(Site::describe).collect(Collectors.joining("; "));
    }

    /** The full names of the classes that are changed. */
    Set<String> classNames() {
        return sites.stream().map(Site::fullClassName).collect(Collectors.toSet());
    }

    /** Make every change to one class. */
    void apply(ClassNode target) {
        String className = target.name.replace('/', '.');
        sites.stream().filter(site -> site.fullClassName().equals(className)).forEach(site -> site.apply(target));
    }

    @Override
    public String toString() {
        return name;
    }
}

package io.holdfast.fault.mutation;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Set;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.tree.ClassNode;

/**
 * Loads Holdfast once more, with one class changed, or a few. What the change cannot reach (other libraries, and packages that use
 * nothing of the changed one) is shared with the parent, and with it what the JVM has already compiled of it.
 */
final class MutantLoader extends ClassLoader {
    /** A package, and those that it uses: all of them before it in the list. */
    private record Layer(String prefix, List<String> uses) {}

    private static final String ROOT = "io.holdfast.";
    private static final List<Layer> LAYERS = List.of(
            new Layer("io.holdfast.blockdev.", List.of()),
            new Layer("io.holdfast.fault.device.", List.of("io.holdfast.blockdev.")),
            new Layer("io.holdfast.journal.", List.of("io.holdfast.blockdev.")),
            new Layer("io.holdfast.raid.layout.", List.of()),
            new Layer("io.holdfast.raid.parity.", List.of("io.holdfast.raid.layout.")),
            new Layer("io.holdfast.raid.metadata.", List.of("io.holdfast.blockdev.")));

    /** What is changed, or null. */
    private final Mutation mutation;

    private final Set<String> changed;

    private MutantLoader(Mutation mutation) {
        super(MutantLoader.class.getClassLoader());
        this.mutation = mutation;
        changed = mutation == null ? Set.of() : mutation.classNames();
    }

    /** Loads the engine as it is, as it would load a mutant. */
    static MutantLoader ofOriginal() {
        return new MutantLoader(null);
    }

    /**
     * Loads a mutant, what is changed in it at once, so that a change that cannot be made is not taken for damage.
     *
     * @param mutation to apply.
     * @throws Edit.SiteException when the class is not as the mutation expects it.
     */
    static MutantLoader of(Mutation mutation) {
        MutantLoader loader = new MutantLoader(mutation);
        try {
            for (String name : loader.changed) {
                Class.forName(name, true, loader);
            }
        } catch (ClassNotFoundException e) {
            throw new Edit.SiteException("there is no class " + e.getMessage()
                    + " any more: look what became of the step, and change the mutation");
        }
        return loader;
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
        if (!name.startsWith(ROOT) || isShared(name)) {
            return super.loadClass(name, resolve);
        }
        synchronized (getClassLoadingLock(name)) {
            Class<?> loaded = findLoadedClass(name);
            if (loaded == null) {
                byte[] code = code(name);
                if (changed.contains(name)) {
                    code = weave(code, mutation);
                }
                loaded = defineClass(name, code, 0, code.length);
            }
            if (resolve) {
                resolveClass(loaded);
            }
            return loaded;
        }
    }

    private boolean isShared(String name) {
        for (Layer layer : LAYERS) {
            if (name.startsWith(layer.prefix)) {
                return !reaches(layer);
            }
        }
        return false;
    }

    private boolean reaches(Layer layer) {
        return changed.stream()
                .anyMatch(name ->
                        name.startsWith(layer.prefix) || layer.uses.stream().anyMatch(name::startsWith));
    }

    private byte[] code(String name) throws ClassNotFoundException {
        try (InputStream in = getParent().getResourceAsStream(name.replace('.', '/') + ".class")) {
            if (in == null) {
                throw new ClassNotFoundException(name);
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] weave(byte[] code, Mutation mutation) {
        ClassNode node = new ClassNode();
        new ClassReader(code).accept(node, 0);
        mutation.apply(node);
        ClassWriter writer = new ClassWriter(ClassWriter.COMPUTE_MAXS);
        node.accept(writer);
        return writer.toByteArray();
    }
}

package io.holdfast.fault.mutation;

import io.holdfast.fault.ArrayTrial;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiFunction;
import org.opentest4j.TestAbortedException;

/**
 * One hunt, run among the classes of a {@link MutantLoader}: speaks to the outside in classes of the JDK only.
 *
 * <p>Takes the name of a hunter and a seed; gives the number of crash states looked at and, if something was wrong, what.
 */
public final class HuntEntry implements BiFunction<String, Long, Object[]> {
    private static final int LIFE_COUNT = 3;

    /** For the loader. */
    public HuntEntry() {}

    @Override
    public Object[] apply(String hunter, Long seed) {
        return hunter.equals(Hunter.TRIAL) ? trial(seed) : scenario(hunter);
    }

    private static Object[] trial(long seed) {
        ArrayTrial.Report report = ArrayTrial.run(seed, null, LIFE_COUNT);
        String finding = report.findings().isEmpty() ? null : report.findings().get(0);
        return new Object[] {(long) report.crashCount(), finding};
    }

    /** A test with a name, called without the framework around it. */
    private static Object[] scenario(String name) {
        int open = name.indexOf('(');
        String path = open < 0 ? name : name.substring(0, open);
        List<String> values = open < 0
                ? List.of()
                : List.of(name.substring(open + 1, name.length() - 1).split(", ", -1));
        int dot = path.lastIndexOf('.');
        try {
            Class<?> test =
                    Class.forName("io.holdfast." + path.substring(0, dot), true, HuntEntry.class.getClassLoader());
            Constructor<?> constructor = test.getDeclaredConstructor();
            constructor.setAccessible(true);
            Method method = method(test, path.substring(dot + 1), values.size());
            method.setAccessible(true);
            method.invoke(constructor.newInstance(), arguments(method, values));
            return new Object[] {0L, null};
        } catch (InvocationTargetException e) {
            Throwable cause = e.getCause();
            if (cause instanceof LinkageError error) {
                // The mutant is no engine at all.
                throw error;
            }
            return new Object[] {0L, cause instanceof TestAbortedException ? null : cause.toString()};
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("no such scenario: " + name, e);
        }
    }

    private static Method method(Class<?> test, String name, int parameterCount) {
        return Arrays.stream(test.getDeclaredMethods())
                .filter(method -> method.getName().equals(name) && method.getParameterCount() == parameterCount)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("no such scenario: " + test.getName() + "." + name));
    }

    private static Object[] arguments(Method method, List<String> values) {
        Object[] arguments = new Object[values.size()];
        for (int i = 0; i < arguments.length; i++) {
            long value = Long.parseLong(values.get(i));
            arguments[i] = method.getParameterTypes()[i] == int.class ? (Object) (int) value : (Object) value;
        }
        return arguments;
    }
}

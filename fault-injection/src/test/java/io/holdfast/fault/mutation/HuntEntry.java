package io.holdfast.fault.mutation;

import io.holdfast.fault.JournalUse;
import io.holdfast.fault.exhaustive.ExhaustiveOptions;
import io.holdfast.fault.exhaustive.ExhaustiveResult;
import io.holdfast.fault.exhaustive.ExhaustiveRun;
import io.holdfast.fault.torture.FaultPlan;
import io.holdfast.fault.torture.HistoryGenerator;
import io.holdfast.fault.torture.TortureResult;
import io.holdfast.fault.torture.TortureRun;
import io.holdfast.fault.torture.TortureSettings;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.BiFunction;
import org.agrona.concurrent.SystemNanoClock;
import org.opentest4j.TestAbortedException;

/**
 * One hunt, run among the classes of a {@link MutantLoader}: speaks to the outside in classes of the JDK only.
 *
 * <p>Takes the name of a hunter and a seed; gives the number of crash states looked at and, if something was wrong, what.
 */
public final class HuntEntry implements BiFunction<String, Long, Object[]> {
    private static final TortureSettings EVERYTHING = TortureSettings.open().stepCount(150);
    private static final TortureSettings CRASHES = TortureSettings.open()
            .faults(FaultPlan.parse("power=0.06,kill=0.02,torn,torn4k,reorder,vanish=0.02"))
            .stepCount(200);
    private static final TortureSettings UNJOURNALED = CRASHES.stepCount(300).array(0, 0, JournalUse.NONE);
    private static final TortureSettings CACHED = CRASHES.stepCount(300).array(0, 0, JournalUse.WRITE_BACK);

    /** Every crash state of these, with recoveries where it says so; a seed is the number of one, from 1 on. */
    private static final List<ExhaustiveOptions> WORKLOADS = List.of(
            ExhaustiveOptions.of(5, 3, 4096, JournalUse.WRITE_THROUGH, 2, 1),
            ExhaustiveOptions.of(5, 3, 4096, JournalUse.NONE, 2, 1),
            ExhaustiveOptions.of(4, 3, 4096, JournalUse.WRITE_BACK, 4, 1).recoveryDepth(0),
            ExhaustiveOptions.of(6, 4, 4096, JournalUse.NONE, 3, 1).recoveryDepth(0));

    /** For the loader. */
    public HuntEntry() {}

    @Override
    public Object[] apply(String hunter, Long seed) {
        return switch (hunter) {
            case Hunter.CRASHES -> live(seed, CRASHES);
            case Hunter.UNJOURNALED -> live(seed, UNJOURNALED);
            case Hunter.CACHED -> live(seed, CACHED);
            case Hunter.TORTURE -> live(seed, EVERYTHING);
            case Hunter.EXHAUSTIVE -> exhaustive(seed);
            default -> scenario(hunter);
        };
    }

    private static Object[] live(long seed, TortureSettings settings) {
        TortureResult result = TortureRun.live(HistoryGenerator.generate(seed, settings), false);
        return new Object[] {
            (long) result.crashCount(),
            result.findings().isEmpty() ? null : result.findings().get(0)
        };
    }

    private static Object[] exhaustive(long seed) {
        ExhaustiveOptions options = WORKLOADS.get((int) seed - 1);
        ExecutorService executor = Executors.newSingleThreadExecutor();
        try {
            ExhaustiveResult result = new ExhaustiveRun(options).run(executor, SystemNanoClock.INSTANCE);
            return new Object[] {
                result.engineRunCount(),
                result.findings().isEmpty() ? null : result.findings().get(0).what()
            };
        } catch (InterruptedException e) {
            throw new IllegalStateException("interrupted: " + options, e);
        } catch (IllegalStateException e) {
            insistOnAnEngine(e.getCause());
            return new Object[] {0L, e.toString()};
        } finally {
            executor.shutdownNow();
        }
    }

    /** A mutant that cannot be linked is no engine at all, and nothing that anybody has to catch. */
    private static void insistOnAnEngine(Throwable cause) {
        for (Throwable each = cause; each != null; each = each.getCause()) {
            if (each instanceof LinkageError error) {
                throw error;
            }
        }
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
            insistOnAnEngine(cause);
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
            arguments[i] = argument(method.getParameterTypes()[i], values.get(i));
        }
        return arguments;
    }

    private static Object argument(Class<?> type, String value) {
        if (type == int.class) {
            return Integer.parseInt(value);
        }
        if (type == boolean.class) {
            return Boolean.parseBoolean(value);
        }
        if (type.isEnum()) {
            return Arrays.stream(type.getEnumConstants())
                    .filter(constant -> constant.toString().equals(value))
                    .findFirst()
                    .orElseThrow(() -> new IllegalStateException("no such " + type.getName() + ": " + value));
        }
        return Long.parseLong(value);
    }
}

package io.holdfast.bench;

import java.util.Map;
import java.util.TreeMap;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/** Runs {@link ParityBenchmark} once and prints each codec's speed as a part of bare ISA-L's, as a Markdown table. */
public final class ParityRatios {
    private ParityRatios() {}

    /**
     * Measure and print.
     *
     * @param arguments JMH's own, say {@code -f 3} or {@code -p stripeCount=32}; {@code raw} must stay among the codecs.
     * @throws RunnerException            when the benchmark does not run.
     * @throws CommandLineOptionException when JMH does not understand an argument.
     */
    public static void main(String[] arguments) throws RunnerException, CommandLineOptionException {
        Options options = new OptionsBuilder()
                .parent(new CommandLineOptions(arguments))
                .include(ParityBenchmark.class.getName())
                .build();
        Map<String, Map<String, Double>> medianByCodecByCase = new TreeMap<>();
        for (RunResult result : new Runner(options).run()) {
            String name = result.getPrimaryResult().getLabel() + " | "
                    + result.getParams().getParam("stripeCount");
            medianByCodecByCase
                    .computeIfAbsent(name, key -> new TreeMap<>())
                    .put(
                            result.getParams().getParam("codec"),
                            result.getPrimaryResult().getStatistics().getPercentile(50));
        }
        System.out.println("| what | stripes | codec | median, us | GB/s of data | part of raw ISA-L |");
        System.out.println("|---|---|---|---|---|---|");
        medianByCodecByCase.forEach((name, medianByCodec) -> {
            double raw = medianByCodec.getOrDefault(ParityBenchmark.RAW, Double.NaN);
            medianByCodec.forEach((codec, median) -> System.out.printf(
                    "| %s | %s | %.1f | %.1f | %.2f |%n",
                    name, codec, median, ParityBenchmark.DATA_LENGTH / median / 1e3, raw / median));
        });
    }
}

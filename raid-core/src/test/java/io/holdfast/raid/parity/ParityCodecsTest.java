package io.holdfast.raid.parity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ParityCodecsTest {
    private long nowNs;

    @Test
    void shouldNameEveryCodecThatRunsHere() {
        for (ParityCodec codec : ParityCodecs.available()) {
            assertEquals(codec.name(), ParityCodecs.named(codec.name()).name());
        }
        assertEquals("scalar", ParityCodecs.available().get(0).name());
    }

    @Test
    void shouldRunTheVectorCodecWhereItsModuleIs() {
        assumeTrue(ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent());
        assertEquals("vector", ParityCodecs.named("vector").name());
    }

    @Test
    void shouldDoWithoutTheVectorModule() {
        assertEquals(Optional.empty(), ParityCodecs.vector(ModuleLayer.empty()));
    }

    @Test
    void shouldDoWithoutALibraryThatDoesNotLoad(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("libisal.so.2"), "not a library");
        assertEquals(Optional.empty(), ParityCodecs.isal(file));
    }

    @Test
    void shouldRefuseAnUnknownName() {
        String message = assertThrows(IllegalArgumentException.class, () -> ParityCodecs.named("mmx"))
                .getMessage();
        assertEquals("parity codec mmx is unknown: use scalar, vector or isal", message);
    }

    @Test
    void shouldAnswerTheSameForEveryone() {
        assertSame(ParityCodecs.fastest(), ParityCodecs.fastest());
    }

    @Test
    void shouldChooseTheFastest() {
        ParityCodec slow = new TimedCodec("slow", 3000);
        ParityCodec fast = new TimedCodec("fast", 1000);
        ParityCodec middling = new TimedCodec("middling", 2000);
        assertSame(fast, ParityCodecs.choose(List.of(slow, fast, middling), () -> nowNs));
        assertSame(middling, ParityCodecs.choose(List.of(middling, slow), () -> nowNs));
    }

    @Test
    void shouldEndCalibrationThoughTheClockStandsStill() {
        ParityCodec a = new TimedCodec("a", 0);
        assertSame(a, ParityCodecs.choose(List.of(a, new TimedCodec("b", 0)), () -> 0));
    }

    @Test
    void shouldNotMeasureASingleCandidate() {
        TimedCodec only = new TimedCodec("only", 1);
        assertSame(only, ParityCodecs.choose(List.of(only), () -> nowNs));
        assertEquals(0, only.callCount);
    }

    @Test
    void shouldShareACodecBetweenThreads() throws InterruptedException {
        for (ParityCodec codec : ParityCodecs.available()) {
            Blocks blocks = new Blocks(6, 4096);
            for (int i = 0; i < 6; i++) {
                byte[] bytes = new byte[4096];
                Arrays.fill(bytes, (byte) (i + 1));
                blocks.put(i, bytes);
            }
            Thread[] threads = new Thread[2];
            boolean[] right = new boolean[threads.length];
            for (int t = 0; t < threads.length; t++) {
                int first = 3 * t;
                threads[t] = new Thread(() -> {
                    long[] sources = {blocks.address(first), blocks.address(first + 1)};
                    boolean allRight = true;
                    for (int i = 0; i < 200; i++) {
                        codec.xor(sources, 2, blocks.address(first + 2), 4096);
                        allRight &= blocks.get(first + 2, 4096)[4095] == (byte) ((first + 1) ^ (first + 2));
                    }
                    right[first / 3] = allRight;
                });
                threads[t].start();
            }
            for (int t = 0; t < threads.length; t++) {
                threads[t].join();
                assertTrue(right[t], codec.name());
            }
        }
    }

    /** A codec whose every call takes a set time of this test's own clock. */
    private final class TimedCodec implements ParityCodec {
        private final String name;
        private final long durationNs;
        private int callCount;

        TimedCodec(String name, long durationNs) {
            this.name = name;
            this.durationNs = durationNs;
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public void xor(long[] sources, int sourceCount, long target, int length) {
            pass();
        }

        @Override
        public void syndrome(long[] sources, int sourceCount, long p, long q, int length) {
            pass();
        }

        @Override
        public void dot(
                byte[] coefficients, int rowCount, long[] sources, int sourceCount, long[] targets, int length) {
            pass();
        }

        @Override
        public void multiplyAccumulate(int coefficient, long source, long target, int length) {
            pass();
        }

        private void pass() {
            nowNs += durationNs;
            callCount++;
        }
    }
}

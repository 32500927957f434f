package io.holdfast.fault.device;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.BlockDeviceContract;
import io.holdfast.blockdev.IoLoop;
import io.holdfast.blockdev.ThreadLoop;
import org.junit.jupiter.api.Nested;

/** With its faults off, every simulated device is a device like any other. */
class SimulatedDeviceContractTest {
    private static SimulatedDevice simulated(long length, int blockLength) {
        return new SimulatedDevice("s0", length, blockLength, new PowerSupply(), 42);
    }

    @Nested
    class Of512ByteBlocks extends BlockDeviceContract {
        @Override
        protected BlockDevice createDevice(long length) {
            return simulated(length, 512);
        }
    }

    @Nested
    class Of4096ByteBlocks extends BlockDeviceContract {
        @Override
        protected BlockDevice createDevice(long length) {
            return simulated(length, 4096);
        }
    }

    @Nested
    class OnAThread extends BlockDeviceContract {
        @Override
        protected BlockDevice createDevice(long length) {
            return simulated(length, 512);
        }

        @Override
        protected IoLoop createLoop() {
            return new ThreadLoop("contract", t -> {
                throw new AssertionError(t);
            });
        }
    }

    @Nested
    class BehindEveryFilter extends BlockDeviceContract {
        @Override
        protected BlockDevice createDevice(long length) {
            SimulatedDevice device = simulated(length, 512);
            BlockDevice silent = new LostWriteDevice(new PluggedDevice(device), HarmListener.NONE);
            silent = new StaleReadDevice(silent, device::contents, HarmListener.NONE);
            silent = new LyingFlushDevice(new MisdirectedDevice(silent, HarmListener.NONE));
            BlockDevice slow = new ThinDevice(new SlowDevice(silent, () -> 0, nanos -> {}));
            return new VanishingDevice(new WriteErrorDevice(new ReadErrorDevice(slow), 7));
        }
    }

    @Nested
    class AfterAPowerLoss extends BlockDeviceContract {
        @Override
        protected BlockDevice createDevice(long length) {
            PowerSupply power = new PowerSupply();
            SimulatedDevice device = new SimulatedDevice("s0", length, 512, power, 1);
            power.cutNow(PowerSupply.Cut.POWER);
            return device.powerOn(new PowerSupply(), Survival.NONE, 2);
        }
    }
}

using HandsOff.Core.Tensors;

namespace HandsOff.Core.Tests.Tensors;

public sealed class NativeHeapTests
{
    [Theory]
    [InlineData("GLIBC_TUNABLES", "glibc.malloc.arena_max=4", true)]
    [InlineData("GLIBC_TUNABLES", NativeHeap.Tunables, true)]
    [InlineData("GLIBC_TUNABLES", "glibc.cpu.hwcaps=-AVX512F", false)]
    [InlineData("LD_PRELOAD", "/usr/lib/libtcmalloc_minimal.so.4", true)]
    [InlineData("LD_PRELOAD", "/usr/lib/libfaketime.so.1", false)]
    [InlineData("MALLOC_ARENA_MAX", "2", true)]
    [InlineData("MALLOC_TRIM_THRESHOLD_", "", false)]
    public void Settings_of_the_users_own_are_left_alone(string variable, string value, bool own) =>
        Assert.Equal(own, NativeHeap.HasOwnSettings(name => name == variable ? value : null));
}

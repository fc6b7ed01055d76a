using HandsOff.Core.Tensors;
using HandsOff.Silo.Commands;

NativeHeap.KeepFreedMemory();
return await CommandRunner.RunAsync(SiloCommand.CreateRoot(), "handsoff-silo", args);

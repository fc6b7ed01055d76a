using HandsOff.Client.Commands;
using HandsOff.Core.Tensors;

NativeHeap.KeepFreedMemory();
return await CommandLineHost.RunAsync(args);

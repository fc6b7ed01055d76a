using TorchSharp;
using var t = torch.ones(2, 2);
Console.WriteLine(t.sum().item<float>());
return 0;

using HandsOff.Cluster.Tests.Support;
using Xunit.Sdk;
using Xunit.v3;

// Processes and servers of one test are enough for the machine.
[assembly: Parallelization(Mode = ParallelMode.None)]
[assembly: AssemblyFixture(typeof(Oracle))]

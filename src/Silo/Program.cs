using HandsOff.Silo.Commands;

return await CommandRunner.RunAsync(SiloCommand.CreateRoot(), "handsoff-silo", args);

using HandsOff.Client.Commands;

return await CommandLineHost.RunAsync(args);

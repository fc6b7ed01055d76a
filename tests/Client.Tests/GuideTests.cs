using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.RegularExpressions;
using HandsOff.Client.Commands;
using HandsOff.Tests.Servers;

namespace HandsOff.Client.Tests;

/// <summary>What README, docs/guides, alerts and deploy/ tell people to type is understood by the command line.</summary>
public sealed partial class GuideTests
{
    public static TheoryData<string> Texts => [.. Directory.GetFiles(Path.Combine(Repository.Root, "docs", "guides"), "*.md")
        .Concat(Directory.GetFiles(Path.Combine(Repository.Root, "deploy"), "*.yaml"))
        .Append(Path.Combine(Repository.Root, "README.md")).Select(f => Path.GetRelativePath(Repository.Root, f)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Texts))]
    public void Every_command_that_is_told_is_one(string file)
    {
        string text = File.ReadAllText(Path.Combine(Repository.Root, file)).Replace("\\\n", " ", StringComparison.Ordinal);
        var root = CommandLineHost.Root();
        foreach (Match match in Whole().Matches(text))
        {
            if (match.Groups["args"].Value.Contains(" | ", StringComparison.Ordinal)) continue; // several in a line
            var parsed = root.Parse([.. CommandLineParser.SplitCommandLine(match.Groups["args"].Value)]);
            Assert.True(parsed.Errors.Count == 0, $"{file}: {match.Value.Trim()}: {string.Join("; ", parsed.Errors.Select(e => e.Message))}");
        }

        // In a sentence a command may lack what is needed, but nothing in it may be unknown.
        foreach (Match match in Inline().Matches(text))
        {
            var parsed = root.Parse([.. CommandLineParser.SplitCommandLine(match.Groups["args"].Value)]);
            Assert.True(parsed.UnmatchedTokens.All(t => t == "..."), $"{file}: {match.Value}: {string.Join(' ', parsed.UnmatchedTokens)}");
        }
    }

    [Fact]
    public void There_are_many_in_lines_and_in_sentences()
    {
        string all = string.Join('\n', Texts.Select(t => File.ReadAllText(Path.Combine(Repository.Root, t.Data))));
        Assert.True(Whole().Count(all) >= 25, $"{Whole().Count(all)}");
        Assert.True(Inline().Count(all) >= 20, $"{Inline().Count(all)}");
        foreach (string args in new[] { "key create --store az:datasets --role operator --name me", "submit second --pair scenes-64 --samples 2000 --seed 2", "silo --name $name --devices cpu --threads 1" })
            Assert.Contains(args, Whole().Matches(all).Select(m => m.Groups["args"].Value));
    }

    [Fact]
    public void A_command_that_is_none_is_found()
    {
        Assert.Equal(["drain", "silo-3/cuda:0"], CommandLineHost.Root().Parse(["nodes", "drain", "silo-3/cuda:0"]).UnmatchedTokens);
        Assert.Equal("nodes", Assert.Single(Inline().Matches("first `handsoff nodes`, then")).Groups["args"].Value);
        Assert.Equal("silo --name $name", Assert.Single(Whole().Matches("for name in a b c; do handsoff silo --name $name & done")).Groups["args"].Value);
    }

    /// <summary>A line of its own in a block of commands, up to a comment.</summary>
    [GeneratedRegex(@"^(?:#?[ ]{2,}|.*; do |kubectl .* -- dotnet /app/client/|#\s+docker compose .* dotnet /app/client/)?handsoff(?:\.dll)? +(?<args>[a-z][^#&\n`]*?) *(?:[#&].*)?$", RegexOptions.Multiline)]
    private static partial Regex Whole();

    [GeneratedRegex(@"`handsoff +(?<args>[a-z][^`\n]*)`")]
    private static partial Regex Inline();
}

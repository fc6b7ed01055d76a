namespace HandsOff.Silo.Security;

/// <summary>Tokens of an identity provider (section <c>HandsOff:Http:Jwt</c>).</summary>
public sealed class JwtOptions
{
    /// <summary>The provider's address, from which its signing keys are read. Null (default): no tokens are taken.</summary>
    public string? Authority { get; set; }

    /// <summary>Who the tokens must be for. Needed with an authority.</summary>
    public string? Audience { get; set; }

    /// <summary>The claim that holds the roles reader, writer, operator. Default <c>roles</c>.</summary>
    public string RoleClaim { get; set; } = "roles";
}

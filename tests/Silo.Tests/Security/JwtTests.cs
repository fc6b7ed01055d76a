using System.Net;
using System.Net.Http.Headers;
using System.Security.Claims;
using System.Security.Cryptography;
using HandsOff.Silo.Tests.Support;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace HandsOff.Silo.Tests.Security;

/// <summary>Tokens of an identity provider whose key is known to the silo beforehand, so that no provider is asked.</summary>
public sealed class JwtTests
{
    private const string Issuer = "https://login.example/", Audience = "handsoff";

    [Fact]
    public async Task A_token_opens_what_its_role_allows_and_a_wrong_one_nothing()
    {
        using var rsa = RSA.Create(2048);
        using var foreign = RSA.Create(2048);
        await using var silo = await TestSilo.StartAsync(
            new() { ["HandsOff:Http:Jwt:Authority"] = Issuer, ["HandsOff:Http:Jwt:Audience"] = Audience },
            services => services.PostConfigure<JwtBearerOptions>(JwtBearerDefaults.AuthenticationScheme, o =>
            {
                o.Configuration = new OpenIdConnectConfiguration { Issuer = Issuer };
                o.Configuration.SigningKeys.Add(new RsaSecurityKey(rsa));
                o.TokenValidationParameters.ValidIssuer = Issuer;
                o.TokenValidationParameters.IssuerSigningKey = new RsaSecurityKey(rsa);
            }));
        var now = TimeProvider.System.GetUtcNow().UtcDateTime;
        string good = Token(rsa, "reader", Audience, now.AddMinutes(5));
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.Forbidden), (await GetAsync(silo, good, "/api/v1/datasets"), await GetAsync(silo, good, "/orleans/")));
        using var signed = await silo.ClientAsync(null);
        signed.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Token(rsa, "writer", Audience, now.AddMinutes(5)));
        var session = await signed.JsonAsync("/api/v1/session");
        Assert.Equal(("anna", "writer", false), ((string)session["name"]!, (string)session["role"]!, (bool)session["signs_out"]!));
        Assert.NotEqual(HttpStatusCode.Forbidden, await GetAsync(silo, Token(rsa, "operator", Audience, now.AddMinutes(5)), "/orleans/"));
        Assert.Equal(HttpStatusCode.Forbidden, await GetAsync(silo, Token(rsa, "cook", Audience, now.AddMinutes(5)), "/api/v1/datasets"));
        string unsigned = $"{Base64UrlEncoder.Encode("""{"alg":"none"}""")}.{good.Split('.')[1]}.";
        foreach (string wrong in new[] { Token(foreign, "operator", Audience, now.AddMinutes(5)), Token(rsa, "operator", "others", now.AddMinutes(5)), Token(rsa, "operator", Audience, now.AddMinutes(-5)), unsigned, "nonsense" })
            Assert.Equal(HttpStatusCode.Unauthorized, await GetAsync(silo, wrong, "/api/v1/datasets"));

        using var keyed = await silo.ClientAsync("reader"); // keys go on working beside tokens
        Assert.Equal(HttpStatusCode.OK, (await keyed.GetAsync("/api/v1/datasets")).StatusCode);
    }

    private static string Token(RSA key, string role, string audience, DateTime expires) => new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
    {
        Issuer = Issuer,
        Audience = audience,
        NotBefore = expires.AddHours(-1),
        IssuedAt = expires.AddHours(-1),
        Expires = expires,
        Subject = new ClaimsIdentity([new Claim("sub", "anna"), new Claim("roles", role)]),
        SigningCredentials = new SigningCredentials(new RsaSecurityKey(key), SecurityAlgorithms.RsaSha256),
    });

    private static async Task<HttpStatusCode> GetAsync(TestSilo silo, string token, string path)
    {
        using var client = await silo.ClientAsync(null);
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return (await client.GetAsync(path)).StatusCode;
    }
}

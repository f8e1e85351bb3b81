/** The program that shows `url` in the browser, and its arguments. @param platform as Node or Deno name it. */
export function browserCommand(platform: string, url: string): readonly string[] {
  switch (platform) {
    case "darwin":
      return ["open", url];
    case "win32":
    case "windows":
      return ["cmd", "/c", "start", "", url];
    default:
      return ["xdg-open", url];
  }
}

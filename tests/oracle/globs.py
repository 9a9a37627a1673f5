"""Random globs, most of them made of paths of the tree."""

BAD = ("[", "[a", "{a", "a}", "{a,b", "[z-a]", "[]", "[!]", "a[")
WHOLE = (
    "* ** *.c **/*.c *.{c,h,py} **/*.{md,txt} /* /*.c src/* src/** src/**/*.c **/src/** docs/ "
    "**/deep/** !*.c !src/** .* **/.* *.[ch] [!a-m]* ?ain.? **a a** **/a/** a/**/b {a,b}/** "
    "{,x}main.c "
    "\\*star* \\[x\\].c */*/* */**/* **/** ***.c src//net main.* *in.c m*n.c"
).split()


class GlobMaker:
    def __init__(self, rng, paths):
        self.rng, self.paths = rng, paths

    def make(self):
        dice = self.rng.random()
        if dice < 0.05:
            return self.rng.choice(BAD)
        if dice < 0.35:
            return self.rng.choice(WHOLE)
        parts = self.rng.choice(self.paths).split("/")
        parts = parts[self.rng.randrange(len(parts)) :] if self.rng.random() < 0.4 else parts
        parts = [self.vary(part) for part in parts]
        if self.rng.random() < 0.3:
            parts[self.rng.randrange(len(parts))] = "**"
        glob = "/".join(parts)
        if glob.endswith("."):
            glob += "*"
        dice = self.rng.random()
        if dice < 0.1:
            return "/" + glob
        if dice < 0.15:
            return glob + "/"
        if dice < 0.2:
            return "!" + glob
        return glob

    def vary(self, name):
        out = []
        for c in name:
            dice = self.rng.random()
            if dice < 0.8:
                out.append("\\" + c if c in "*?[]{}\\" else c)
            elif dice < 0.87:
                out.append("?")
            elif dice < 0.94:
                out.append("*")
            elif c.isalnum():
                out.append(self.rng.choice((f"[{c}x]", "[a-z]", "[!0]", f"{{{c},q}}", f"{{{c},}}")))
            else:
                out.append("*")
        return "".join(out).replace("**", "*")

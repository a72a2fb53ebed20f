package dev.streamgauge.standalone.architecture;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.Tree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.SourcePositions;
import com.sun.source.util.TreePathScanner;
import com.sun.source.util.Trees;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/** The files that people write and read in this source tree, and the declarations in its Java. */
final class SourceTree {

    private static final Path ROOT = Path.of("").toAbsolutePath().getParent();
    private static final Set<String> LEFT_OUT = Set.of("target", ".git", ".mvn", "data", "node_modules");
    private static final Pattern TEXT = Pattern.compile(
            ".*\\.(java|lua|md|ya?ml|json|xml|sh|cases|properties|tpl|txt|acl|c)|Makefile|Dockerfile|run");

    private SourceTree() {}

    /**
     * A class or a method.
     *
     * @param name of a class with its package; of a method {@code package.Class.method}
     * @param lines from its first to its last, without Javadoc
     */
    record Declaration(Kind kind, String packageName, String name, long lines) {

        enum Kind {
            CLASS,
            NESTED_CLASS,
            METHOD
        }

        /** Without the package. */
        String simpleName() {
            return name.substring(name.lastIndexOf('.') + 1);
        }
    }

    /** The text files, by their path from the root of the tree. */
    static List<Path> texts() {
        List<Path> found = new ArrayList<>();
        try {
            Files.walkFileTree(ROOT, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
                    return LEFT_OUT.contains(folder.getFileName().toString())
                            ? FileVisitResult.SKIP_SUBTREE
                            : FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                    if (TEXT.matcher(file.getFileName().toString()).matches()) {
                        found.add(ROOT.relativize(file));
                    }
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return found.stream().sorted().toList();
    }

    /** The lines of a text file. */
    static Stream<String> lines(Path text) {
        try {
            return Files.readAllLines(ROOT.resolve(text)).stream();
        } catch (IOException e) {
            throw new UncheckedIOException(text.toString(), e);
        }
    }

    /** All classes and methods of the tree's Java, tests included. */
    static List<Declaration> declarations() {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        List<Declaration> found = new ArrayList<>();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
            List<Path> sources = texts().stream()
                    .filter(text -> text.toString().endsWith(".java"))
                    .map(ROOT::resolve)
                    .toList();
            JavacTask task = (JavacTask) compiler.getTask(
                    null, files, null, List.of("-proc:none"), null, files.getJavaFileObjectsFromPaths(sources));
            SourcePositions positions = Trees.instance(task).getSourcePositions();
            for (CompilationUnitTree unit : task.parse()) {
                new Declarations(unit, positions, found).scan(unit, null);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return found;
    }

    private static final class Declarations extends TreePathScanner<Void, Void> {

        private final CompilationUnitTree unit;
        private final SourcePositions positions;
        private final List<Declaration> found;
        private final List<String> around = new ArrayList<>();

        private Declarations(CompilationUnitTree unit, SourcePositions positions, List<Declaration> found) {
            this.unit = unit;
            this.positions = positions;
            this.found = found;
        }

        @Override
        public Void visitClass(ClassTree tree, Void nothing) {
            if (tree.getSimpleName().isEmpty()) { // anonymous: its methods count as part of the one around it
                return super.visitClass(tree, null);
            }
            Declaration.Kind kind = around.isEmpty() ? Declaration.Kind.CLASS : Declaration.Kind.NESTED_CLASS;
            around.add(tree.getSimpleName().toString());
            add(kind, tree, String.join(".", around));
            super.visitClass(tree, null);
            around.removeLast();
            return null;
        }

        @Override
        public Void visitMethod(MethodTree tree, Void nothing) {
            add(Declaration.Kind.METHOD, tree, String.join(".", around) + "." + tree.getName());
            return super.visitMethod(tree, null);
        }

        private void add(Declaration.Kind kind, Tree tree, String name) {
            long start = positions.getStartPosition(unit, tree);
            long end = positions.getEndPosition(unit, tree);
            if (start < 0 || end < 0) {
                return; // made by the compiler
            }
            String packageName = unit.getPackage() == null
                    ? "scripts"
                    : unit.getPackageName().toString();
            long lines =
                    unit.getLineMap().getLineNumber(end) - unit.getLineMap().getLineNumber(start) + 1;
            found.add(new Declaration(kind, packageName, packageName + "." + name, lines));
        }
    }
}

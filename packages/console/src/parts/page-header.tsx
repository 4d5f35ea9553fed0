import { Breadcrumb, BreadcrumbItem, Content, Flex, FlexItem, PageSection, Title } from '@patternfly/react-core';
import { type ReactNode, useEffect } from 'react';
import { useSpace } from '../app/parameters.ts';
import './page-header.css';

interface PageHeaderProps {
  readonly title: string;
  /** A sentence that says what the page is for. */
  readonly description?: ReactNode;
  /** Links to the pages above this one. */
  readonly above?: readonly ReactNode[];
  /** Beside the title, such as labels. */
  readonly beside?: ReactNode;
  /** Buttons at the right. */
  readonly actions?: ReactNode;
}

/** How every page begins; it also names the window. */
export function PageHeader({ title, description, above = [], beside, actions }: PageHeaderProps) {
  const space = useSpace();
  useEffect(() => {
    document.title = `${title} · ${space} · Angarium`;
  }, [title, space]);
  return (
    <PageSection>
      {above.length > 0 && (
        <Breadcrumb className="angarium-above">
          {above.map((link, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: their order is what they are.
            <BreadcrumbItem key={at}>{link}</BreadcrumbItem>
          ))}
          <BreadcrumbItem isActive>{title}</BreadcrumbItem>
        </Breadcrumb>
      )}
      <Flex justifyContent={{ default: 'justifyContentSpaceBetween' }} alignItems={{ default: 'alignItemsCenter' }}>
        <Flex alignItems={{ default: 'alignItemsCenter' }}>
          <Title headingLevel="h1" className="angarium-long">
            {title}
          </Title>
          {beside}
        </Flex>
        {actions && <FlexItem>{actions}</FlexItem>}
      </Flex>
      {description && <Content component="p">{description}</Content>}
    </PageSection>
  );
}
